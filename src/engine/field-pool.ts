// The instances of one engine in this process or worker. Most programs need one; a full slab, used-up rings, nested calls
// and traps bring more.

import type { EngineConfig, FieldInstance } from "./field-instance.js";

/** A block and the instance it lives in. */
export interface Place<Instance> {
  readonly instance: Instance;
  readonly block: number;
}

/** The instances of one engine. */
export class FieldPool<Instance extends FieldInstance> {
  readonly #instances: Instance[] = [];
  readonly #create: () => Instance;

  constructor(create: () => Instance) {
    this.#create = create;
  }

  /** A clean block for a new connection, with a table of at most `tableSize` bytes, in an instance that nobody is reading. */
  lease(owner: object, config: EngineConfig, tableSize: number): Place<Instance> {
    const instances = this.#instances;
    for (let i = instances.length - 1; i >= 0; i--) {
      const instance = instances[i] as Instance;
      if (instance.busy) continue;
      const block = instance.lease(owner, config, tableSize);
      if (block !== 0) return { instance, block };
    }
    const instance = this.#add();
    return { instance, block: instance.lease(owner, config, tableSize) };
  }

  /**
   * Moves a connection to another instance that nobody is reading, because its own is being read or has no
   * ring for a table of `tableSize` bytes.
   */
  move(
    owner: object,
    config: EngineConfig,
    from: Instance,
    block: number,
    tableSize: number,
  ): Place<Instance> {
    for (const instance of this.#instances) {
      if (instance === from || instance.busy) continue;
      const to = instance.adopt(owner, config, from, block, tableSize);
      if (to !== 0) return { instance, block: to };
    }
    const instance = this.#add();
    return { instance, block: instance.adopt(owner, config, from, block, tableSize) };
  }

  /** Takes a trapped instance out of service for new connections. */
  poison(instance: Instance): void {
    instance.poisoned = true;
    const at = this.#instances.indexOf(instance);
    if (at !== -1) this.#instances.splice(at, 1);
  }

  /** Instances alive, and blocks in use: for tests and reports. */
  state(): { instances: number; blocks: number } {
    const blocks = this.#instances.reduce((sum, one) => sum + one.used, 0);
    return { instances: this.#instances.length, blocks };
  }

  #add(): Instance {
    const instance = this.#create();
    this.#instances.push(instance);
    return instance;
  }
}
