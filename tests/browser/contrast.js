// Every visible text whose contrast to what lies behind it is below 4.5 (WCAG 2.2, 1.4.3), as "ratio: text".
// Colours that lie over each other, and the opacity of what they stand in, are mixed; controls that are off are left out.
() => {
  const parsed = (text) => {
    const [red, green, blue, alpha = 1] = (text.match(/[\d.]+/g) || [0, 0, 0, 0]).map(Number);
    return [red, green, blue, text === "transparent" ? 0 : alpha];
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const behind = (element) => {
    const layers = [];
    for (let one = element; one; one = one.parentElement) layers.push(parsed(getComputedStyle(one).backgroundColor));
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const opacity = (element) => {
    let all = 1;
    for (let one = element; one; one = one.parentElement) all *= Number(getComputedStyle(one).opacity);
    return all;
  };
  const luminance = (colour) => {
    const [red, green, blue] = colour.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (first, second) => {
    const [light, dark] = [luminance(first), luminance(second)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const faint = [];
  const check = (element, said, style) => {
    const ground = behind(element), colour = parsed(style.color);
    const found = ratio(over([...colour.slice(0, 3), colour[3] * opacity(element)], ground), ground);
    if (found < 4.5) faint.push(`${found.toFixed(2)}: ${said} (${element.className || element.tagName})`);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const said = texts.currentNode.textContent.trim(), element = texts.currentNode.parentElement;
    if (!said || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (element.closest(":disabled, [aria-disabled=true], script, style, option, .visually-hidden, svg")) continue;
    check(element, said.slice(0, 60), getComputedStyle(element));
  }
  for (const field of document.querySelectorAll("input[placeholder], textarea[placeholder]"))
    if (field.checkVisibility()) check(field, field.placeholder, getComputedStyle(field, "::placeholder"));
  return faint;
}
