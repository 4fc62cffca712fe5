/* The time that acts are stamped with: the phone's clock put right by the last contact with the server, never backwards.
   How wrong it is, and that somebody has set it meanwhile, goes along with what is handed in. */
// @ts-check
"use strict";

const FieldClock = (() => {
  const KEPT = "mingqian-clock", BACK = 5000, AHEAD = 6 * 3600 * 1000; // ms; a phone that slept for hours looks like one set forward
  let state = read(), wall = Date.now(), mono = performance.now();

  function read() {
    try { return Object.assign({ offset: 0, learnt: "", wall: 0 }, JSON.parse(localStorage.getItem(KEPT) || "{}")); }
    catch (error) { return { offset: 0, learnt: "", wall: 0 }; }
  }
  function keep() {
    state.wall = Date.now();
    try { localStorage.setItem(KEPT, JSON.stringify(state)); } catch (error) { /* a full phone: as right as before */ }
  }

  function jumped(by) {
    state.jumps = (state.jumps || []).concat({ at: new Date().toISOString(), by: Math.round(by) }).slice(-20);
    // Set back: certainly not the time. Set forward it may be, or the phone has slept: the next contact tells.
    if (by < 0) state.offset -= Math.round(by);
  }

  // Between two looks the two clocks of the phone go on alike, unless somebody has set the one on the wall.
  function watch() {
    const by = (Date.now() - wall) - (performance.now() - mono);
    if (by < -BACK || by > AHEAD) jumped(by);
    wall = Date.now();
    mono = performance.now();
  }
  if (state.wall && Date.now() < state.wall - BACK) jumped(Date.now() - state.wall);
  setInterval(() => { watch(); keep(); }, 10000);

  /** What the server said of the time, between the two moments at which it was asked and answered. */
  function learn(said, asked) {
    watch();
    const there = Date.parse(said || "");
    if (!there) return;
    const before = state.offset, offset = Math.round(there - (asked + Date.now()) / 2);
    if (state.learnt && Math.abs(offset - before) > 60000) state.jumps = (state.jumps || []).concat({ at: new Date().toISOString(), by: before - offset }).slice(-20);
    state = Object.assign(state, { offset, learnt: new Date().toISOString() });
    keep();
  }

  function now() { watch(); return new Date(Date.now() + state.offset); }

  return {
    learn, now,
    /** A moment as it is written down, later than the last one of the same visit. */
    stamp(draft) {
      const last = Date.parse(draft.last_at || "") || 0, at = new Date(Math.max(now().getTime(), last + 1)).toISOString();
      draft.last_at = at;
      return at;
    },
    /** What goes along: how far off, since when known, which jumps since a moment. */
    told: (since) => ({ offset: state.offset, learnt: state.learnt, jumps: (state.jumps || []).filter((each) => each.at >= since), sent: new Date().toISOString() }),
    offset: () => state.offset,
    isKnown: () => Boolean(state.learnt),
  };
})();
