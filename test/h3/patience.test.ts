// Time, by an injected clock: what is given up when its time is over, and what must pass. Too tight is a defect, too: long, honest work
// that budgets and limits must let pass with the defaults.

import type { ConnectionEvent, ErrorName } from "tercet";
import { H3Connection, type H3Options } from "tercet/h3";
import { QpackEncoder } from "tercet/qpack";
import { describe, expect, test } from "vitest";
import { CLIENT } from "../helpers/h3-dialogue.js";
import {
  control,
  data,
  datagram,
  extendedConnect,
  GET,
  headers,
  POST,
  priorityUpdate,
  request,
  settings,
  uni,
  unknownFrame,
} from "../helpers/h3-frames.js";
import { grease } from "../helpers/h3-names.js";
import { dynamicSection, insert, line, octets } from "../helpers/qpack-wire.js";

/** A server whose clock the test moves. */
class Patient {
  now = 1_000;
  readonly server: H3Connection;
  readonly counts = new Map<string, number>();
  readonly errors: ErrorName[] = [];

  constructor(options: Omit<H3Options, "role" | "clock"> = {}, hello = true) {
    this.server = new H3Connection({ role: "server", clock: () => this.now, ...options });
    this.server.takeStreams();
    if (hello) this.receive(CLIENT.control, control());
  }

  receive(id: number, bytes: Uint8Array, fin = false): void {
    this.note(this.server.receiveStream(id, bytes, fin));
  }

  note(events: readonly ConnectionEvent[]): void {
    for (const event of events) {
      this.counts.set(event.type, (this.counts.get(event.type) ?? 0) + 1);
      if (event.type === "error") this.errors.push(event.error.code);
    }
    this.server.takeStreams();
  }

  /** Time passes, and what is due is done. */
  wait(milliseconds: number): void {
    this.now += milliseconds;
    const deadline = this.server.nextDeadline();
    if (deadline !== null && deadline <= this.now) this.note(this.server.handleDeadline(this.now));
  }
}

describe("what is given up", () => {
  test("H3-SET-1 SETTINGS that do not come: settingsTimeout", () => {
    const patient = new Patient({ limits: { settingsTimeout: 500 } }, false);
    expect(patient.server.nextDeadline()).toBe(1_500);
    patient.wait(499);
    expect(patient.errors).toEqual([]);
    patient.wait(1);
    expect(patient.errors).toEqual(["H3_SETTINGS_TIMEOUT"]);
    expect(patient.server.closeCode).toBe(0x10a);
    expect(patient.server.nextDeadline()).toBeNull();
  });

  test("H3-SET-1 not when they have come", () => {
    const patient = new Patient({ limits: { settingsTimeout: 500 } });
    expect(patient.server.nextDeadline()).toBeNull();
    patient.wait(10_000);
    expect(patient.errors).toEqual([]);
  });

  const ahead = headers(
    dynamicSection(
      1,
      line.static(17),
      line.static(23),
      line.static(1),
      line.staticName(0, "a"),
      line.dynamic(0),
    ),
  );

  test("QP-FLD-8 a section that waits too long: blockedTimeout", () => {
    const patient = new Patient({ limits: { blockedTimeout: 300 } });
    patient.receive(0, ahead, true);
    patient.wait(100);
    patient.receive(4, ahead, true);
    patient.wait(200);
    expect(patient.errors).toEqual(["QPACK_BLOCKED_TIMEOUT"]);
    expect(patient.server.state).toBe("open");
    patient.wait(100);
    expect(patient.errors).toEqual(["QPACK_BLOCKED_TIMEOUT", "QPACK_BLOCKED_TIMEOUT"]);
    // What comes at last unblocks nobody any more.
    const instructions = octets(insert.capacity(100), insert.literal("x", "y"));
    patient.receive(CLIENT.encoder, uni("encoder", instructions));
    expect(patient.counts.get("head")).toBeUndefined();
    expect(patient.server.nextDeadline()).toBeNull();
  });

  test("QP-FLD-8 not when its insertions come in time", () => {
    const patient = new Patient({ limits: { blockedTimeout: 300 } });
    patient.receive(0, ahead, true);
    patient.wait(299);
    const instructions = octets(insert.capacity(100), insert.literal("x", "y"));
    patient.receive(CLIENT.encoder, uni("encoder", instructions));
    patient.wait(10_000);
    expect(patient.errors).toEqual([]);
    expect(patient.counts.get("head")).toBe(1);
  });

  test("without a clock nothing is due", () => {
    const server = new H3Connection({ role: "server" });
    expect(server.nextDeadline()).toBeNull();
    expect(server.handleDeadline(1e9)).toEqual([]);
  });
});

describe("budgets that time refills", () => {
  /** Requests that are cancelled, so many a second. */
  const cancels = (perSecond: number, seconds: number) => {
    const patient = new Patient({ limits: { resetBurst: 20, resetRate: 5 } });
    let id = 0;
    for (let second = 0; second < seconds && patient.errors.length === 0; second++) {
      for (let at = 0; at < perSecond; at++, id += 4) {
        patient.receive(id, headers(POST));
        patient.note(patient.server.receiveReset(id, 0x10c));
      }
      patient.wait(1_000);
    }
    return patient.errors;
  };
  test("resetRate", () => {
    expect(cancels(5, 100)).toEqual([]);
    expect(cancels(8, 100)).toEqual(["H3_RESET_FLOOD"]);
  });

  /** Frames that say nothing, so many a second. */
  const nothings = (perSecond: number, seconds: number) => {
    const patient = new Patient({ limits: { controlBudget: 50, controlRate: 10 } });
    patient.receive(0, headers(POST));
    for (let second = 0; second < seconds && patient.errors.length === 0; second++) {
      for (let at = 0; at < perSecond; at++) patient.receive(0, data());
      patient.wait(1_000);
    }
    return patient.errors;
  };
  test("controlRate", () => {
    expect(nothings(10, 100)).toEqual([]);
    expect(nothings(40, 100)).toEqual(["H3_CONTROL_FLOOD"]);
  });
});

describe("honest work passes with the defaults", () => {
  test("an hour of small DATA frames on four streams", () => {
    const patient = new Patient();
    for (const id of [0, 4, 8, 12]) patient.receive(id, headers(POST));
    const content = data(new Uint8Array(20));
    for (let second = 0; second < 3_600; second++) {
      for (let at = 0; at < 50; at++) patient.receive(4 * (at % 4), content);
      patient.wait(1_000);
    }
    expect(patient.errors).toEqual([]);
    expect(patient.counts.get("data")).toBe(3_600 * 50);
  });

  test("a browser that greases every request and both ends of the control stream", () => {
    const patient = new Patient();
    for (let at = 0; at < 5_000; at++) {
      const id = 4 * at;
      const bytes = [
        unknownFrame("", grease(at)),
        headers(GET),
        unknownFrame("xyz", grease(at + 1)),
      ];
      patient.receive(id, new Uint8Array(Buffer.concat(bytes)), true);
      patient.server.sendResponse(id, { status: 200, headers: [], content: "ok" });
      if (at % 10 === 0) patient.receive(CLIENT.control, unknownFrame("", grease(at)));
      if (at % 3 === 0) patient.receive(CLIENT.control, priorityUpdate(id, "u=2"));
      patient.server.takeStreams();
      patient.wait(5);
    }
    expect(patient.errors).toEqual([]);
    expect(patient.counts.get("end")).toBe(5_000);
  });

  test("a page that cancels half of its requests, for an hour", () => {
    const patient = new Patient();
    let id = 0;
    for (let second = 0; second < 3_600; second++) {
      for (let at = 0; at < 20; at++, id += 4) {
        patient.receive(id, headers(GET), true);
        if (at % 2 === 0) {
          patient.note(patient.server.receiveReset(id, 0x10c));
          patient.note(patient.server.receiveStopSending(id, 0x10c));
        } else patient.server.sendResponse(id, { status: 200, headers: [], content: "ok" });
        patient.server.takeStreams();
      }
      patient.wait(1_000);
    }
    expect(patient.errors).toEqual([]);
  });

  test("datagrams for a day, and nothing else", () => {
    const options = { datagrams: true, settings: { enableConnectProtocol: true } };
    const patient = new Patient(options, false);
    patient.receive(CLIENT.control, uni("control", settings({ H3_DATAGRAM: 1 })));
    patient.receive(0, headers(extendedConnect("connect-udp")));
    patient.server.sendResponse(0, { status: 200, headers: ["capsule-protocol", "?1"] });
    for (let minute = 0; minute < 1_440; minute++) {
      for (let at = 0; at < 60; at++)
        patient.note(patient.server.receiveDatagram(datagram(0, "ping")));
      patient.wait(60_000);
    }
    expect(patient.errors).toEqual([]);
    expect(patient.counts.get("datagram")).toBe(1_440 * 60);
  });

  test("a client whose encoder inserts with every request", () => {
    const patient = new Patient();
    const options = { maxTableCapacity: 4_096, maxBlockedStreams: 16, strategy: "eager" } as const;
    const encoder = new QpackEncoder(options);
    patient.receive(CLIENT.encoder, uni("encoder"));
    for (let at = 0; at < 20_000; at++) {
      const fields = request("GET", `/page/${at}`, [
        "x-request",
        `number ${at}`,
        "cookie",
        `a=${at}`,
      ]);
      const section = encoder.encode(4 * at, fields);
      patient.receive(CLIENT.encoder, encoder.takeEncoderStream());
      for (const { streamId, bytes } of received(patient, 4 * at, headers(section)))
        if (streamId === 11) encoder.receiveDecoderStream(bytes);
    }
    expect(patient.errors).toEqual([]);
    expect(patient.counts.get("end")).toBe(20_000);
  });
});

/** Receives a request, answers it, and gives what the server sends, the type of its decoder stream taken off. */
function received(patient: Patient, id: number, bytes: Uint8Array) {
  const { server } = patient;
  for (const event of server.receiveStream(id, bytes, true)) {
    patient.counts.set(event.type, (patient.counts.get(event.type) ?? 0) + 1);
    if (event.type === "error") patient.errors.push(event.error.code);
  }
  server.sendResponse(id, { status: 200, headers: [], content: "" });
  return server.takeStreams();
}
