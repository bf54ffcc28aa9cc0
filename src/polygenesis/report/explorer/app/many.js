// Hundreds of quick networks, counted one after another in a worker of their own.

export function bindMany(panel, state, client) {
  const button = panel.querySelector("#many");
  const wanted = panel.querySelector("#how-many");

  function start() {
    const { n, m, penalty, law, scale, interference, noise, seed } = state.spec;
    const spec = { n, m, penalty, law, scale, interference, noise, seed, nudges: [] };
    const results = [];
    state.update({ many: { results, running: true, wanted: Number(wanted.value) } });
    client.ask({ kind: "many", spec, count: Number(wanted.value) }, (reply) => {
      if (reply.kind === "count") results.push(reply);
      if (reply.kind === "error") state.update({ failure: reply.message });
      state.update({ many: { results, running: reply.kind === "count", wanted: state.many.wanted } });
    });
  }

  function stop() {
    client.cancel();
    state.update({ many: { ...state.many, running: false } });
  }

  button.addEventListener("click", () => (state.many.running ? stop() : start()));
  state.subscribe(["many", "mode"], () => {
    button.textContent = state.many.running ? `Stop (${state.many.results.length} of ${state.many.wanted})` : "Start";
    button.disabled = state.mode === "replay";
    wanted.disabled = state.mode === "replay" || state.many.running;
  });
  return { stop };
}
