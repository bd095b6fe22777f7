// What a visitor has chosen: language and theme, kept in this browser.

const stored = (name) => {
  try {
    return localStorage.getItem(`graphrec.${name}`);
  } catch {
    return null; // storage may be forbidden
  }
};

const store = (name, value) => {
  try {
    localStorage.setItem(`graphrec.${name}`, value);
  } catch {
    // then the choice lasts until the page is left
  }
};

export const LANGUAGES = { en: "English", zh: "中文" };

let chosen = stored("language");
if (!(chosen in LANGUAGES)) chosen = navigator.language?.toLowerCase().startsWith("zh") ? "zh" : "en";

/** Return the language: `en` or `zh`. */
export function language() {
  return chosen;
}

/** Choose the language. */
export function setLanguage(name) {
  chosen = name;
  store("language", name);
  showPreferences();
}

/** Return whether the page is dark now. */
export function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Choose light or dark. */
export function setDark(dark) {
  store("theme", dark ? "dark" : "light");
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

/** Show the document as chosen. */
export function showPreferences() {
  const theme = stored("theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  document.documentElement.lang = chosen === "zh" ? "zh-Hans" : "en";
}
