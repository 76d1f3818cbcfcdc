const filters = document.getElementById("filters");
const find = document.getElementById("find");
const kinds = [...filters.querySelectorAll("button")];
const rows = [...document.querySelectorAll("#questions tbody tr")].map((row) => [row, row.textContent.toLowerCase()]);
const show = () => {
  const wanted = find.value.trim().toLowerCase();
  const pressed = kinds.filter((one) => one.getAttribute("aria-pressed") === "true").map((one) => one.dataset.kind);
  let shown = 0;
  for (const [row, text] of rows) {
    const has = row.dataset.kinds.split("|");
    row.hidden = !(text.includes(wanted) && pressed.every((kind) => has.includes(kind)));
    shown += row.hidden ? 0 : 1;
  }
  document.getElementById("shown").textContent = `${shown} of ${rows.length}`;
};
find.addEventListener("input", show);
for (const one of kinds) one.addEventListener("click", () => {
  one.setAttribute("aria-pressed", String(one.getAttribute("aria-pressed") !== "true"));
  show();
});
filters.hidden = false;
show();
