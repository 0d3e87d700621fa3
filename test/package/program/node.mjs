// tercet/node on a runtime that has node:net: the exports are there.
import * as node from "tercet/node";

if (typeof node.attach !== "function") throw new Error("tercet/node: no attach");
console.log("node ok");
