// Favourites and what was used last, kept in this browser only.

const FAVOURITES = "satledger.favourites";
const RECENT = "satledger.recent";
const MOST_RECENT = 20;

function read(name) {
  try {
    const found = JSON.parse(localStorage.getItem(name) ?? "[]");
    return Array.isArray(found) ? found.filter((id) => typeof id === "string") : [];
  } catch (error) {
    // Other data under this name, or a browser without storage: the list is empty, and the page goes on.
    console.info(`${name} cannot be read: ${error.message}`);
    return [];
  }
}

function write(name, ids) {
  try {
    localStorage.setItem(name, JSON.stringify(ids));
  } catch (error) {
    console.info(`${name} cannot be kept: ${error.message}`);
  }
}

export const favourites = () => read(FAVOURITES);
export const recent = () => read(RECENT);
export const isFavourite = (id) => favourites().includes(id);

/** Make a metric a favourite, or no longer one. */
export function toggleFavourite(id) {
  const before = favourites();
  write(FAVOURITES, before.includes(id) ? before.filter((other) => other !== id) : [...before, id]);
}

/** Note that a metric was looked at now. */
export function use(id) {
  write(RECENT, [id, ...recent().filter((other) => other !== id)].slice(0, MOST_RECENT));
}
