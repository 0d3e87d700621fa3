// A tree of lines, drawn with branches; a note (the RFC section) stands at the right edge where there is room for it.

import type { TreeStyle } from "./tree-text.js";

/** One line and what hangs below it. */
export interface TreeNode {
  /** Without colours, or coloured by the style it is drawn with. */
  readonly text: string;
  /** At the right edge. */
  readonly note?: string;
  /** Text that belongs to the line, below it, without branches. */
  readonly plain?: readonly TreeNode[];
  readonly children?: readonly TreeNode[];
}

/** How a tree is drawn. */
export interface TreeLayout {
  readonly style: TreeStyle;
  /** Columns. */
  readonly width: number;
  /** Whether longer lines are cut (a terminal), or left as they are (a file). */
  readonly isCut: boolean;
}

/** Lines of a tree, each with its line feed. */
export function draw(node: TreeNode, layout: TreeLayout): string {
  const lines: string[] = [];
  drawNode(node, "", "", layout, lines);
  return `${lines.join("\n")}\n`;
}

function drawNode(
  node: TreeNode,
  first: string,
  rest: string,
  layout: TreeLayout,
  lines: string[],
) {
  const { style } = layout;
  lines.push(line(style.dim(first), first.length, node, layout));
  const children = node.children ?? [];
  const bar = children.length > 0 ? "│  " : "   ";
  for (const text of node.plain ?? []) {
    const indent = `${rest}${bar}`;
    lines.push(line(style.dim(indent), indent.length, text, layout));
  }
  children.forEach((child, at) => {
    const isLast = at === children.length - 1;
    const [branch, below] = isLast ? ["└─ ", "   "] : ["├─ ", "│  "];
    drawNode(child, `${rest}${branch}`, `${rest}${below}`, layout, lines);
  });
}

function line(indent: string, indentWidth: number, node: TreeNode, layout: TreeLayout): string {
  const room = layout.width - indentWidth;
  const { note = "" } = node;
  const text = layout.isCut ? cut(node.text, room) : node.text;
  if (note === "") return `${indent}${text}`.trimEnd();
  const free = room - visibleWidth(text) - note.length;
  if (free < 2 && layout.isCut) return `${indent}${text}`;
  return `${indent}${text}${" ".repeat(Math.max(2, free))}${layout.style.dim(note)}`;
}

const COLOURS = /\u001b\[\d+m/g;

/** Columns that a text takes: everything here is one column a character. */
export function visibleWidth(text: string): number {
  return text.includes("\u001b") ? text.replace(COLOURS, "").length : text.length;
}

/** A text of at most so many columns; colours are closed again. */
export function cut(text: string, width: number): string {
  if (visibleWidth(text) <= width) return text;
  let shown = 0;
  let at = 0;
  while (at < text.length && shown < width - 1) {
    if (text[at] === "\u001b") {
      at = text.indexOf("m", at) + 1;
    } else {
      at++;
      shown++;
    }
  }
  const head = text.slice(0, at);
  return head.includes("\u001b") ? `${head}…\u001b[0m` : `${head}…`;
}
