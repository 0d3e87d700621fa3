// The strings of HPACK's tables. Rules: HP-003.

import { STATIC_TABLE } from "../abi/hpack-static.js";
import { FieldStrings, staticStrings } from "./field-strings.js";

const STATIC = staticStrings(STATIC_TABLE, 1);

/** The strings of one dynamic table of HPACK. */
export class HpackStrings extends FieldStrings {
  constructor() {
    super(STATIC);
  }
}
