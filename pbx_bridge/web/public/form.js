/* pbx-bridge: puts a web form into a page, behind its own script element or into data-into. */
(function () {
  "use strict";
  var me = document.currentScript;
  var where = me && /^(.*\/f\/)([^/?#]+)\.js/.exec(me.src);
  if (!where || !window.fetch) return;
  var url = where[1] + encodeURIComponent(me.getAttribute("data-form") || decodeURIComponent(where[2]));
  var into = me.getAttribute("data-into"), count = 0;

  function element(parent, tag, given, text) {
    var made = document.createElement(tag);
    Object.keys(given || {}).forEach(function (name) { made.setAttribute(name, given[name]); });
    if (text) made.textContent = text;
    parent.appendChild(made);
    return made;
  }

  function place() {
    var holder = document.createElement("div");
    holder.className = "pbx-form";
    var target = into && document.querySelector(into);
    if (target) target.appendChild(holder);
    else if (document.body.contains(me)) me.parentNode.insertBefore(holder, me.nextSibling);
    else document.body.appendChild(holder);
    return holder;
  }

  function control(form, field, id) {
    var given = { id: id, name: field.name };
    if (field.is_required) given.required = "required";
    if (field.type === "textarea") return element(form, "textarea", Object.assign(given, { rows: "6" }));
    if (field.type === "choice") {
      var select = element(form, "select", given);
      [""].concat(field.choices).forEach(function (choice) {
        element(select, "option", { value: choice }, choice);
      });
      return select;
    }
    var types = { email: "email", phone: "tel", checkbox: "checkbox" };
    return element(form, "input", Object.assign(given, { type: types[field.type] || "text" }));
  }

  function visitor() {
    var told = { pbx_page_url: location.href }, known = {};
    try { known = JSON.parse(localStorage.getItem("pbx-visit")) || {}; } catch (e) { /* no storage */ }
    told.pbx_landing_page = known.page || location.href;
    told.pbx_referrer = known.page ? known.referrer || "" : document.referrer;
    if (known.session) told.pbx_session = known.session;
    Object.keys(known.told || {}).forEach(function (name) { told["pbx_" + name] = known.told[name]; });
    return told;
  }

  function draw(said) {
    var holder = place(), token = said.token, fields = {};
    var form = element(holder, "form", { novalidate: "novalidate" });
    element(form, "h2", {}, said.title);
    var notice = element(form, "p", { role: "alert", "class": "pbx-notice" });
    said.fields.forEach(function (field) {
      var id = "pbx-" + said.form + "-" + field.name + "-" + (count += 1);
      var line = element(form, "div", { "class": "pbx-field" });
      element(line, "label", { "for": id }, field.label + (field.is_required ? "" : " (optional)"));
      fields[field.name] = control(line, field, id);
      element(line, "p", { id: id + "-error", "class": "pbx-error" });
    });
    var apart = element(form, "div", { "aria-hidden": "true", hidden: "hidden" });
    var trap = element(apart, "input", { name: said.trap, tabindex: "-1", autocomplete: "off" });
    var button = element(form, "button", { type: "submit" }, "Send");

    function mark(errors) {
      var first = null;
      Object.keys(fields).forEach(function (name) {
        var error = errors[name], field = fields[name], line = document.getElementById(field.id + "-error");
        line.textContent = error || "";
        field[error ? "setAttribute" : "removeAttribute"]("aria-invalid", "true");
        field[error ? "setAttribute" : "removeAttribute"]("aria-describedby", line.id);
        if (error && !first) first = field;
      });
      if (first) first.focus();
    }

    function answered(status, answer) {
      button.disabled = false;
      if (status === 200) {
        if (answer.redirect_url) { location.href = answer.redirect_url; return; }
        holder.textContent = "";
        element(holder, "p", { role: "status" }, answer.message);
        return;
      }
      var errors = {};
      (answer.errors || []).forEach(function (one) { errors[one.field] = one.message; });
      if (answer.token) token = answer.token;
      mark(errors);
      notice.textContent = answer.title || "This could not be sent. Please try again.";
    }

    form.addEventListener("submit", function (event) {
      event.preventDefault();
      button.disabled = true;
      var values = Object.assign({ pbx_token: token }, visitor());
      Object.keys(fields).forEach(function (name) {
        values[name] = fields[name].type === "checkbox" ? fields[name].checked : fields[name].value;
      });
      values[said.trap] = trap.value;
      fetch(url, { method: "POST", credentials: "omit", body: JSON.stringify(values),
                   headers: { "Content-Type": "application/json", Accept: "application/json" } })
        .then(function (answer) {
          return answer.json().then(function (document) { answered(answer.status, document); });
        })
        .catch(function () { answered(0, {}); });
    });
  }

  function start() {
    fetch(url + "?as=json", { credentials: "omit" })
      .then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(function (said) { if (said) draw(said); })
      .catch(function () {});
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
