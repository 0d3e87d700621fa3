// Wrong use of the command line: always one clear line and exit code 2.

import { type ParseArgsConfig, parseArgs } from "node:util";

/** Thrown by a command; `main.ts` prints the message. */
export class WrongUse extends Error {
  readonly command: string | null;

  constructor(message: string, command: string | null = null) {
    super(message);
    this.command = command;
  }
}

/**
 * Reads the arguments of a command.
 * @throws WrongUse for an option that the command does not have, or a value in the wrong place
 */
export function readArguments<T extends ParseArgsConfig>(
  command: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    // The platform's message goes on with advice: its first sentence is enough.
    const message = (error as Error).message.split(/\.\s|\n/)[0] as string;
    throw new WrongUse(`${message}; see tercet ${command} --help`, command);
  }
}

/**
 * A whole number given as text.
 * @throws WrongUse where it is none, or out of range
 */
export function wholeNumber(
  command: string,
  option: string,
  text: string,
  min: number,
  max: number,
): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new WrongUse(
    `--${option} takes a whole number from ${min} to ${max}, not "${text}"`,
    command,
  );
}
