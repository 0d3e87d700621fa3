// The smoke program as a worker (workerd): the module is an imported .wasm file there.
import { smoke } from "./smoke.mjs";

export default {
  fetch() {
    try {
      return new Response(smoke());
    } catch (error) {
      return new Response(String(error?.stack ?? error), { status: 500 });
    }
  },
};
