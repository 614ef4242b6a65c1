// What scrolls sideways can be reached with the keyboard, and only as long as it does scroll.
document.addEventListener("DOMContentLoaded", () => {
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  document.querySelectorAll("pre, div.math, .cell_output, .pst-scrollable-table-container").forEach((part) => watch.observe(part));
});
