// The smoke program in a page: the result is the text of the document. Imported lazily, so that a refusal
// to load or compile is shown too.
import("./smoke.mjs")
  .then(({ smoke }) => smoke())
  .catch((error) => `failed: ${error?.message ?? error}`)
  .then((text) => {
    document.body.textContent = text;
    document.body.dataset.done = "yes";
  });
