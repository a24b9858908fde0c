/* pbx-bridge: shows a visitor the number of his campaign. Without an answer the page stays as it is. */
(function () {
  "use strict";
  var me = document.currentScript, KEY = "pbx-visit", IDLE = 18e5;
  if (!me || !window.fetch || !window.URLSearchParams) return;
  var url = me.src.replace(/\/v\.js.*$/, "/v"), pool = me.getAttribute("data-pool");
  var names = "utm_source utm_medium utm_campaign utm_term gclid gbraid wbraid fbclid msclkid".split(" ");

  function id() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), function (b) {
      return (b + 256).toString(16).slice(1);
    }).join("");
  }

  function visit() {
    var v = {}, told = {}, asked = new URLSearchParams(location.search), now = Date.now();
    try { v = JSON.parse(localStorage.getItem(KEY)) || {}; } catch (e) { /* no storage: a new visitor */ }
    names.forEach(function (name) {
      if (asked.get(name)) told[name] = asked.get(name).slice(0, 1000);
    });
    var isNew = !v.session || !(now - v.seen < IDLE);
    if (isNew || Object.keys(told).length) {
      v = { session: isNew ? id() : v.session, told: told,
            page: location.href.slice(0, 16000), referrer: document.referrer.slice(0, 4000) };
    }
    return v;
  }

  function keep() {
    mine.seen = Date.now();
    try { localStorage.setItem(KEY, JSON.stringify(mine)); } catch (e) { /* for this page only */ }
  }

  function ask() {
    keep();
    var told = Object.assign({ session: mine.session, landing_page: mine.page, referrer: mine.referrer }, mine.told);
    if (pool) told.pool = pool;
    fetch(url, { method: "POST", body: JSON.stringify(told), credentials: "omit" })
      .then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(whenReady).catch(function () {});
  }

  function whenReady(shown) {
    if (document.readyState !== "loading") return show(shown);
    document.addEventListener("DOMContentLoaded", function () { show(shown); });
  }

  function show(shown) {
    if (!shown || !/^\+\d{3,15}$/.test(shown.number)) return;
    document.querySelectorAll("[data-pbx-number]").forEach(function (place) {
      var link = place.closest("a") || place.querySelector("a");
      if (!link) {
        link = document.createElement("a");
        link.textContent = place.textContent;
        place.textContent = "";
        place.appendChild(link);
      }
      link.href = "tel:" + shown.number;
      if (!link.children.length && (/\d/.test(link.textContent) || !link.textContent.trim())) {
        link.textContent = shown.text || shown.number;
      }
    });
    if (shown.renew_seconds > 0) setTimeout(renew, shown.renew_seconds * 1000);
  }

  function renew() {
    if (document.visibilityState !== "hidden") return ask();
    document.addEventListener("visibilitychange", ask, { once: true });
  }

  var mine = visit();
  ask();
})();
