// The journey's server: listens on loopback and hands each connection to a Visit.

import net from "node:net";
import { now } from "./stopwatch.js";
import { type Recorder, type Trip, Visit } from "./visit.js";

/** A server that records what requests cost. */
export class JourneyServer {
  readonly #listener: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #recorder: Recorder = { requests: 1, add() {} };

  constructor() {
    this.#listener = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const arrivedAt = now();
      new Visit(socket, arrivedAt, () => this.#recorder);
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  get port(): number {
    return (this.#listener.address() as net.AddressInfo).port;
  }

  /** @throws the system's error where it cannot listen */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#listener.once("error", reject);
      this.#listener.listen({ port: 0, host: "127.0.0.1" }, resolve);
    });
  }

  /** Trips from now on belong to this scene; gives the list that they are added to. */
  record(requests: number, onTrip: (count: number) => void = () => {}): Trip[] {
    const trips: Trip[] = [];
    this.#recorder = {
      requests,
      add(trip) {
        trips.push(trip);
        onTrip(trips.length);
      },
    };
    return trips;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#listener.close();
  }
}
