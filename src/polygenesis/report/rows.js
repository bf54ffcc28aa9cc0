(() => {
  "use strict";
  const rows = [...document.querySelectorAll("details.study")];
  const opener = document.getElementById("open-all");

  // A link to a study, or to anything inside one, opens what hides it.
  const reveal = (hash) => {
    const target = hash.length > 1 && document.getElementById(hash.slice(1));
    if (!target) return;
    let hidden = false;
    for (let each = target; each; each = each.parentElement) {
      if (each.tagName !== "DETAILS" || each.open) continue;
      each.open = hidden = true;
    }
    if (hidden) target.scrollIntoView();
    if (target.matches("details")) target.querySelector("summary").focus({ preventScroll: true });
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link) setTimeout(() => reveal(link.hash));
  });
  addEventListener("hashchange", () => reveal(location.hash));
  reveal(location.hash);

  if (opener) {
    const all = () => rows.every((row) => row.open);
    const say = () => {
      opener.textContent = all() ? "Close all" : "Open all";
      opener.setAttribute("aria-expanded", String(all()));
    };
    opener.addEventListener("click", () => {
      const open = !all();
      for (const row of rows) row.open = open;
    });
    for (const row of rows) row.addEventListener("toggle", say);
    opener.hidden = false;
    say();
  }

  // Paper shows everything; afterwards what was closed is closed again.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const each of closed) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of closed) each.open = false;
    closed = [];
  });
})();
