(() => {
  "use strict";
  // Browsers load a page that is written inside another at once, even where it is said to be lazy: this one waits.
  const frame = document.querySelector("#explorer iframe");
  if (!frame) return;
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    frame.srcdoc = frame.dataset.page;
  }, { rootMargin: "200px" });
  watch.observe(frame);
})();
