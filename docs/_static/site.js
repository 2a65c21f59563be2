// A box that scrolls can be reached and scrolled by the keyboard.
(() => {
  const boxes = ".pst-scrollable-table-container, .bd-article div.highlight pre, .bd-article mjx-container, .bd-article div.math";
  const mark = () =>
    document.querySelectorAll(boxes).forEach((box) => {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
  window.addEventListener("load", mark);
  window.addEventListener("resize", mark);
})();

// Names for controls and pictures of the theme and the gallery, for screen readers.
(() => {
  document.querySelectorAll(".sphx-glr-thumbcontainer a").forEach((link) =>
    link.setAttribute("aria-label", link.textContent.trim()));
  document.querySelectorAll("button.search-button-field").forEach((button) =>
    button.setAttribute("aria-label", button.textContent.replace(/\s+/g, " ").trim() || "Search"));
  document.querySelectorAll(".bd-sidebar summary").forEach((summary) => {
    const link = summary.closest("li")?.querySelector("a");
    summary.setAttribute("aria-label", `Pages of ${link?.textContent.trim() || "this section"}`);
  });
})();
