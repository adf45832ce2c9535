// The document in few words. Strangers' text goes in as text only.

const byId = (id) => document.getElementById(id);

/** An element with properties, ARIA roles included, and children. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  Object.assign(element, properties);
  element.append(...children);
  return element;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

function setIcon(id, name) { byId(id).querySelector("use").setAttribute("href", `#icon-${name}`); }
