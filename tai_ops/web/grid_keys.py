"""Keys typed into a grid faster than the browser draws: kept in their order, so that no cell is lost.

The framework's grid (Glide Data Grid) loses what is typed on a slow computer, whatever the server does, in three ways:

- a key that comes after Enter, before the closed cell's box is taken off the page, opens the box once more, the same one, which counts as finished: it takes
  no Enter any more, and every later cell goes into that one;
- an Enter that comes before the browser has answered the key before it closes the box without its text;
- a second key that comes before the box stands goes to the sheet beneath.

The grid can't be changed from here; so a key waits its turn until what the key before it does has been drawn.
"""

_KEYS_IN_TURN = """
(() => {
  const FRAMES = 60, MILLISECONDS = 2000, ANSWERED = 4;
  const held = [];
  let ready = null, since = 0, frames = 0, replays = false, unanswered = 0;
  const box = () => document.querySelector("#portal [id^=gdg-overlay]");
  const count = () => { frames += 1; if (ready) requestAnimationFrame(count); };
  const wait = until => {
    if (!ready) requestAnimationFrame(count);
    [ready, since, frames] = [until, performance.now(), 0];
    setTimeout(look, ANSWERED);
  };
  const look = () => {
    const tooLong = frames > FRAMES && performance.now() - since > MILLISECONDS;
    if (!ready() && !tooLong) { setTimeout(look, ANSWERED); return; }
    ready = null;
    if (!held.length) return;
    press(held.shift());
    if (!ready) wait(() => !unanswered);
  };
  const press = key => {
    const field = document.activeElement;
    replays = true;
    const taken = !field.dispatchEvent(new KeyboardEvent("keydown", {...key, bubbles: true, cancelable: true}));
    replays = false;
    if (taken || !box()?.contains(field)) return;
    if (key.key.length === 1) document.execCommand("insertText", false, key.key);
    if (key.key === "Backspace") document.execCommand("delete");
  };
  addEventListener("keydown", event => {
    const field = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !field.closest) return;
    const open = box(), inside = open?.contains(field);
    const sheet = !inside && field.closest("[class*=st-key-grid_] [data-testid=stDataFrame]");
    if (!inside && !sheet && !ready) return;
    const ends = event.key === "Tab" || event.key === "Escape" || (event.key === "Enter" && !event.shiftKey);
    if (inside && ends && unanswered && !ready) wait(() => !unanswered);
    if (ready && !replays) {
      event.preventDefault();
      event.stopImmediatePropagation();
      held.push({key: event.key, code: event.code, shiftKey: event.shiftKey});
    } else if (inside && ends) {
      wait(() => box() !== open);
    } else if (inside) {
      unanswered += 1;
      setTimeout(() => { unanswered -= 1; }, ANSWERED);
    } else if (event.key.length === 1 && event.key !== " " && sheet && sheet.querySelector("td[aria-readonly=false]")) {
      wait(() => box()?.contains(document.activeElement));
    }
  }, true);
})();
"""


def taking_keys_in_turn(index_page: str) -> str:
    """The front end's page, where a grid loses no key that comes before it has drawn what the last one did."""
    return index_page.replace("</head>", f"  <script>{_KEYS_IN_TURN}</script>\n  </head>", 1)
