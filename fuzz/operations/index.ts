// All targets of operations.

import { TwoEnds } from "./h1-connection.js";
import { operations } from "./h1-operations.js";
import { H2Ends } from "./h2-connection.js";
import { HostileEnd } from "./h2-hostile.js";
import { h2Operations, hostileOperations } from "./h2-operations.js";
import { H3Ends } from "./h3-connection.js";
import { H3HostileEnd } from "./h3-hostile.js";
import { h3HostileOperations, h3Operations } from "./h3-operations.js";
import { type OperationTarget, operationTarget } from "./two-ends.js";

export type { OperationTarget } from "./two-ends.js";

/** Every target of operations. */
export const operationTargets: readonly OperationTarget[] = [
  operationTarget(
    "h1-operations",
    "commands on two connected ends of HTTP/1.1, in any order and wrong ones too",
    () => new TwoEnds(),
    operations,
  ),
  operationTarget(
    "h2-operations",
    "commands on two connected ends of HTTP/2, in any order and wrong ones too",
    () => new H2Ends(),
    h2Operations,
    80,
  ),
  operationTarget(
    "h2-hostile",
    "commands on one end of HTTP/2 while good and bad frames arrive",
    () => new HostileEnd(),
    hostileOperations,
    40,
  ),
  operationTarget(
    "h3-connection",
    "commands on two ends of HTTP/3 over a simulated QUIC: streams reordered, datagrams lost",
    () => new H3Ends(),
    h3Operations,
    100,
    "medium",
  ),
  operationTarget(
    "h3-hostile",
    "commands on one end of HTTP/3 while good and bad bytes arrive on any stream",
    () => new H3HostileEnd(),
    h3HostileOperations,
    50,
    "medium",
  ),
];
