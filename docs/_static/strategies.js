// Buttons above the table of strategies: each tag shows only the rows that have it.
// Without this script the table is a plain table.
(() => {
  const table = document.querySelector("table.strategies");
  if (!table) return;
  const rows = [...table.querySelectorAll("tbody tr")];
  const tagsOf = (row) => [...row.querySelectorAll(".tag")].map((tag) => tag.textContent);
  const counts = new Map();
  rows.forEach((row) => tagsOf(row).forEach((tag) => counts.set(tag, (counts.get(tag) || 0) + 1)));
  const chosen = new Set();

  const bar = document.createElement("div");
  bar.className = "tag-filter";
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Show only strategies with these tags");
  const told = document.createElement("p");
  told.setAttribute("aria-live", "polite");

  const show = () => {
    let n = 0;
    rows.forEach((row) => {
      const has = new Set(tagsOf(row));
      row.hidden = ![...chosen].every((tag) => has.has(tag));
      n += !row.hidden;
    });
    told.textContent = `${n} of ${rows.length} strategies`;
  };
  [...counts.keys()].sort((a, b) => a.localeCompare(b)).forEach((tag) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `${tag} (${counts.get(tag)})`;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      const on = !chosen.has(tag);
      chosen[on ? "add" : "delete"](tag);
      button.setAttribute("aria-pressed", String(on));
      show();
    });
    bar.append(button);
  });
  const around = table.closest(".pst-scrollable-table-container") || table;
  around.before(bar, told);
  show();
})();
