// Records of options as the engines with field sections read them. Instances know a record by its identity, so that there is one
// array for each set of options.

import { FIELD_SECTION_MAX, FieldConfig, SECTION_FIELDS_MAX } from "../abi/field-memory.js";
import type { EngineConfig } from "../engine/field-instance.js";

const CONFIGS = new Map<number, EngineConfig>();

/** The record of these options. `flags`: FieldConfigFlag bits, and those of the protocol. */
export function engineConfig(
  flags: number,
  fieldSectionLength: number,
  fieldCount: number,
): EngineConfig {
  const key = (flags * (FIELD_SECTION_MAX + 1) + fieldSectionLength) * (SECTION_FIELDS_MAX + 1);
  let config = CONFIGS.get(key + fieldCount);
  if (config === undefined) {
    const words = new Uint32Array(FieldConfig.Size);
    words[FieldConfig.Flags] = flags;
    words[FieldConfig.FieldSectionLength] = fieldSectionLength;
    words[FieldConfig.FieldCount] = fieldCount;
    config = words;
    CONFIGS.set(key + fieldCount, config);
  }
  return config;
}
