import { test } from "vitest";
import { H3Connection } from "tercet/h3";
import { control, headers, uni, data, capsule, extendedConnect, goaway, concat } from "./helpers/h3-frames.js";
import { insert, line, octets, prefix } from "./helpers/qpack-wire.js";
test("x", () => {
  const E=2**31-1;
  for (const n of [250,500,1000,2000]) for (let r=0;r<2;r++) {
    const c = new H3Connection({ role: "server", limits: { concurrentStreams: 100000, blockedBytes: E, controlBudget: E, headerMemory: E, unfinishedLength: E }, settings: { qpackMaxTableCapacity: 65536, qpackBlockedStreams: 60000 } });
    c.receiveStream(2, control(), false); c.takeStreams();
    c.receiveStream(6, uni("encoder", octets(insert.capacity(65536))), false);
    const reqs = Array.from({length:n},(_, at)=>headers(octets(prefix(at%1000+1, at%1000+1, 65536), [17,23,1].flatMap(line.static), line.staticName(0,"a"), line.dynamic(0))));
    const ins = Array.from({length:n},(_,at)=>octets(insert.literal("n"+at%1000,"v")));
    let t0=performance.now();
    for (let i=0;i<n;i++) c.receiveStream(4*i, reqs[i], true);
    let t1=performance.now();
    let ev=0;
    for (let i=0;i<n;i++) { ev+=c.receiveStream(6, ins[i], false).length; c.takeStreams(); }
    let t2=performance.now();
    if (r) console.log(n, "block", (t1-t0).toFixed(1), "unblock", (t2-t1).toFixed(1), ev, c.state);
  }
  for (const n of [2000,4000,8000,16000,32000]) for (let r=0;r<2;r++){
    const c = new H3Connection({ role: "server", limits: { controlBudget: E, capsuleLength: E }, settings: { enableConnectProtocol: true } });
    c.receiveStream(2, control(), false); c.takeStreams();
    const b = concat(headers(extendedConnect("connect-udp")), data(concat(...Array.from({length:n},()=>capsule(0x21,"abc")))));
    let t0=performance.now(); c.receiveStream(0,b,false); let t1=performance.now();
    const g = concat(...Array.from({length:n},(_,at)=>goaway(1_000_000-at)));
    let t2=performance.now(); c.receiveStream(2,g,false); let t3=performance.now();
    if(r) console.log("capsules", n, (t1-t0).toFixed(2), "goaway", (t3-t2).toFixed(2), c.state);
  }
}, 100000);
