// The strings of QPACK's tables. Insertions come as sections without fields. Rules: QP-TAB-3, QP-TAB-6, QP-ENC-5.

import { STATIC_TABLE } from "../abi/qpack-static.js";
import { FieldStrings, staticStrings } from "./field-strings.js";

const STATIC = staticStrings(STATIC_TABLE, 0);

/** The strings of one dynamic table of QPACK. */
export class QpackStrings extends FieldStrings {
  constructor() {
    super(STATIC);
  }
}
