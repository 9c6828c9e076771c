// The terminal: xterm.js in the page's colours. It only shows text and says what was typed; reading a line, history
// and completion are the engine's.
//
//   create(parent, { onData(text), onResize(columns, rows), ariaLabel }) → Terminal
//   terminal.write(text) · clear() · focus() · fit() · refreshTheme() · destroy() · columns · rows

import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";

/** The terminal's colours by name, each with the CSS variables of the page that stand for it. */
const COLOURS = {
  background: ["--sunken", "#efede6"],
  foreground: ["--ink", "#1f2430"],
  cursor: ["--ink", "#1f2430"],
  cursorAccent: ["--sunken", "#efede6"],
  selectionBackground: ["--flow-soft", "#d5eef0"],
  black: ["--ink", "#1f2430"],
  brightBlack: ["--ink-3", "#8b90a0"],
  red: ["--drop", "#bf304a"],
  brightRed: ["--drop", "#bf304a"],
  green: ["--ok", "#2c8a57"],
  brightGreen: ["--ok", "#2c8a57"],
  yellow: ["--nat", "#a4540b"],
  brightYellow: ["--nat", "#a4540b"],
  blue: ["--flow", "#09707b"],
  brightBlue: ["--flow", "#09707b"],
  magenta: ["--reply", "#6a55c9"],
  brightMagenta: ["--reply", "#6a55c9"],
  cyan: ["--flow", "#09707b"],
  brightCyan: ["--flow", "#09707b"],
  white: ["--ink-2", "#596173"],
  brightWhite: ["--ink", "#1f2430"],
};

/** As wide as most tables of `-o wide`: a narrower terminal scrolls sideways, so that no row of a table is broken. */
const WIDEST = 132;

export function create(parent, { onData = () => {}, onResize = () => {}, ariaLabel = "Terminal" } = {}) {
  const terminal = new Terminal({
    allowProposedApi: false,
    convertEol: true,
    cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    fontFamily: variable("--mono", '"JetBrains Mono", ui-monospace, monospace'),
    fontSize: 12.5 * scale(),
    lineHeight: 1.35,
    // A learner's text is read by screen readers too: xterm keeps a live region of what it prints.
    screenReaderMode: true,
    scrollback: 5000,
    theme: theme(),
  });
  const fitAddon = new FitAddon();
  terminal.loadAddon(fitAddon);
  terminal.open(parent);
  terminal.textarea?.setAttribute("aria-label", ariaLabel);
  terminal.onData(onData);
  // Tab completes, so that the keyboard needs another way out: Escape and then Tab, as in the editor, or Shift-Tab.
  let leaves = false;
  terminal.attachCustomKeyEventHandler((event) => {
    if (event.type !== "keydown") return true;
    const goes = event.key === "Tab" && (leaves || event.shiftKey);
    leaves = event.key === "Escape";
    return !goes;
  });
  terminal.onResize(({ cols, rows }) => onResize(cols, rows));

  const fit = () => {
    // A hidden panel has no size; fitting to it would leave a terminal of two columns.
    const fits = parent.clientWidth > 0 && parent.clientHeight > 0 && fitAddon.proposeDimensions();
    if (fits) terminal.resize(Math.max(fits.cols, WIDEST), fits.rows);
  };
  // A long line scrolls along as it is typed; at the next prompt the beginning is back.
  terminal.onCursorMove(() => {
    const cell = terminal.element.querySelector(".xterm-screen").clientWidth / terminal.cols;
    const cursor = terminal.buffer.active.cursorX * cell;
    const beyond = cursor + 4 * cell - parent.clientWidth;
    if (beyond > parent.scrollLeft || cursor < parent.scrollLeft) parent.scrollLeft = Math.max(beyond, 0);
  });
  const watcher = new ResizeObserver(fit);
  watcher.observe(parent);
  fit();

  const refreshTheme = () => {
    terminal.options.theme = theme();
    terminal.options.fontSize = 12.5 * scale();
    fit();
  };
  // Theme and text size are set on the root element, by the page or by whoever else.
  const look = new MutationObserver(refreshTheme);
  look.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "style"] });

  return {
    write: (text) => terminal.write(text),
    clear: () => terminal.clear(),
    reset: () => terminal.reset(),
    focus: () => terminal.focus(),
    fit,
    get columns() {
      return terminal.cols;
    },
    get rows() {
      return terminal.rows;
    },
    refreshTheme,
    destroy() {
      watcher.disconnect();
      look.disconnect();
      terminal.dispose();
    },
  };
}

function theme() {
  return Object.fromEntries(Object.entries(COLOURS).map(([name, [css, otherwise]]) => [name, variable(css, otherwise)]));
}

function variable(name, otherwise) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim() || otherwise;
}

/** How much larger than 16 px the page's text is, for the presenter's sizes. */
function scale() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) / 16 || 1;
}
