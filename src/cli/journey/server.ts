// The journey's server: listens on loopback and hands each connection to a Visit; which protocol it is for, the scene
// that is on says.

import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createSecureContext, type SecureContext } from "node:tls";
import type { QuicListener, QuicTransport } from "../../adapters/node/index.js";
import { selfSigned } from "../self-signed.js";
import { PacketTap } from "./again-packets.js";
import type { Place } from "./scenes.js";
import { now } from "./stopwatch.js";
import type { Protocol, Recorder, Trip } from "./trip.js";
import { Visit } from "./visit.js";
import { VisitH3 } from "./visit-h3.js";

const NOBODY: Recorder = { protocol: "http/1.1", requests: 1, holdMs: 0, holdLength: 0, add() {} };

/** A server that records what requests cost. */
export class JourneyServer {
  readonly #listener: net.Server;
  readonly #sockets = new Set<net.Socket>();
  readonly #pem: { key: string; cert: string };
  readonly #transport: QuicTransport | null;
  #quic: QuicListener | null = null;
  readonly #context: SecureContext;
  /** Key logs of the connections of HTTP/3, which their packets are opened with once more. */
  readonly #folder: string;
  readonly #taps = new Map<number, PacketTap>();
  #recorder = NOBODY;

  /** @param transport for HTTP/3, or null */
  constructor(transport: QuicTransport | null) {
    const pem = selfSigned();
    this.#folder = mkdtempSync(path.join(tmpdir(), "tercet-journey-"));
    this.#pem = pem;
    this.#transport = transport;
    this.#context = createSecureContext(pem);
    this.#listener = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      const arrivedAt = now();
      const context = this.#recorder.protocol === "h2" ? this.#context : null;
      new Visit(socket, arrivedAt, () => this.#recorder, context);
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  /** Where clients find it that speak this. */
  place(protocol: Protocol): Place {
    const { cert } = this.#pem;
    if (protocol === "h3") return { protocol, port: this.#quic?.address.port ?? 0, cert };
    const { port } = this.#listener.address() as net.AddressInfo;
    return { protocol, port, cert };
  }

  /** @throws the system's error where it cannot listen */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#listener.once("error", reject);
      this.#listener.listen({ port: 0, host: "127.0.0.1" }, resolve);
    });
    const keylog = (number: number) => path.join(this.#folder, `${number}.keys`);
    const options = {
      ...{ ...this.#pem, port: 0, hostname: "127.0.0.1", keylog },
      onPacket: (number: number, packet: Uint8Array, isSent: boolean) =>
        this.#tap(number, keylog(number)).packet(packet, isSent),
    };
    const listening = this.#transport?.listen?.(options, (quic) => {
      const tap = this.#tap(quic.number, keylog(quic.number));
      const onClosed = () => {
        this.#taps.delete(quic.number);
        rmSync(keylog(quic.number), { force: true });
      };
      new VisitH3(quic, now(), () => this.#recorder, tap, onClosed);
    });
    this.#quic = (await listening) ?? null;
  }

  #tap(number: number, keyLog: string): PacketTap {
    let tap = this.#taps.get(number);
    if (tap === undefined) {
      tap = new PacketTap(keyLog);
      this.#taps.set(number, tap);
    }
    return tap;
  }

  /** Trips from now on belong to this scene; gives the list that they are added to. */
  record(
    scene: { protocol: Protocol; requests: number; holdMs?: number; holdLength?: number },
    onTrip: (count: number) => void = () => {},
  ): Trip[] {
    const trips: Trip[] = [];
    const { protocol, requests, holdMs = 0, holdLength = 0 } = scene;
    this.#recorder = {
      ...{ protocol, requests, holdMs, holdLength },
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
    this.#quic?.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
