// Records of options as the engine of HTTP/2 and HPACK reads them. Instances know a record by its identity, so that there is one
// array for each set of options.

import { H2_FIELD_COUNT_MAX, H2_FIELD_SECTION_MAX, H2Config } from "../abi/h2-memory.js";
import type { H2EngineConfig } from "../engine/h2-instance.js";

const CONFIGS = new Map<number, H2EngineConfig>();

/** The record of these options. `flags`: H2ConfigFlag bits. */
export function engineConfig(
  flags: number,
  fieldSectionLength: number,
  fieldCount: number,
): H2EngineConfig {
  const key = (flags * (H2_FIELD_SECTION_MAX + 1) + fieldSectionLength) * (H2_FIELD_COUNT_MAX + 1);
  let config = CONFIGS.get(key + fieldCount);
  if (config === undefined) {
    const words = new Uint32Array(H2Config.Size);
    words[H2Config.Flags] = flags;
    words[H2Config.FieldSectionLength] = fieldSectionLength;
    words[H2Config.FieldCount] = fieldCount;
    config = words;
    CONFIGS.set(key + fieldCount, config);
  }
  return config;
}
