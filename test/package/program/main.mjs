// The smoke program for Node, Deno, Bun and bundles that run there.
import { smoke } from "./smoke.mjs";

console.log(smoke());
