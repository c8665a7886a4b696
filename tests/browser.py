#!/usr/bin/env python3
"""The page in a real browser: Debian's Chromium, driven by Selenium (PyPI: selenium 4.51.0).

    tests/browser.py --prepare FOLDER
                                  writes FOLDER/attack.md, an article that attacks its readers
    tests/browser.py URL          looks at a server whose index holds tests/corpus and that article

Prints a line for each test, and exits with 1 where one fails.
"""

import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException, TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

CHROMIUM, CHROMEDRIVER = shutil.which("chromium"), shutil.which("chromedriver")
ARGUMENTS = """--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --disable-background-networking
    --disable-component-update --disable-sync --no-first-run --window-size=1200,900 --accept-lang=en-US,en"""
# A page that takes longer is broken. Seconds.
PATIENCE = 30
# How often is looked, in seconds.
PAUSE = 0.02

ATTACK = """---
title: "<script>window.bad=1</script><img src=x onerror=window.bad=1> tungsten"
type: "News"
locale: "en"
url: "javascript:window.bad=1"
datetime: "2025-03-07T08:00:00Z"
---

tungsten
"""


class Page:
    """A tab of the browser, at the server that is looked at."""

    def __init__(self, driver, url):
        self.driver = driver
        self.origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))

    def until(self, condition, what):
        """Waits until a condition is true, and gives what made it so."""
        passing = (NoSuchElementException, StaleElementReferenceException)
        waits = WebDriverWait(self.driver, PATIENCE, PAUSE, ignored_exceptions=passing)
        try:
            return waits.until(lambda _: condition())
        except TimeoutException:
            raise AssertionError(f"not so in {PATIENCE} s: {what}, at {self.address()}") from None

    def run(self, script):
        return self.driver.execute_script(script)

    def devtools(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    def address(self):
        """The path and the query of the page."""
        return self.driver.current_url.removeprefix(self.origin)

    def arrive(self, address):
        """Waits for a page, its script included."""
        self.until(lambda: self.address() == address, f"{address} is shown")
        self.until(lambda: self.run("return document.readyState") == "complete", f"{address} is loaded")

    def open(self, address):
        self.driver.get(self.origin + address)
        self.arrive(address)

    def back(self, address):
        """Goes back, which must lead to an address."""
        self.driver.back()
        self.arrive(address)

    def find(self, selector):
        return self.until(lambda: self.driver.find_element(By.CSS_SELECTOR, selector), f"there is {selector}")

    def count(self, selector):
        return len(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def text(self, selector):
        """What an element shows, when it shows something."""
        return self.until(lambda: self.driver.find_element(By.CSS_SELECTOR, selector).text, f"{selector} has a text")

    def follow(self, selector):
        """Clicks on a link, which must lead where it says; gives that address."""
        link = self.find(selector)
        address = link.get_dom_attribute("href")
        link.click()
        self.arrive(address)
        return address

    def press(self, *keys):
        """Presses keys where the focus is."""
        self.driver.switch_to.active_element.send_keys(*keys)

    def complaints(self):
        """What the browser complains about since it was last asked: errors of scripts, what the policy of the page
        forbids, what is loaded from elsewhere and what is not there."""
        found = [f"{entry['level']}: {entry['message']}" for entry in self.driver.get_log("browser")]
        for entry in self.driver.get_log("performance"):
            event = json.loads(entry["message"])["message"]
            match event["method"], event["params"]:
                case "Network.requestWillBeSent", {"request": {"url": url}}:
                    if not url.startswith((self.origin + "/", "about:", "chrome:")):
                        found.append(f"{url} is asked for")
                case "Network.responseReceived", {"response": {"url": url, "status": status}} if status >= 400:
                    found.append(f"{url}: {status}")
        return found


def check(is_so, what):
    if not is_so:
        raise AssertionError(what)


def check_same(found, wanted, what):
    check(found == wanted, f"{what}: {found!r} instead of {wanted!r}")


def it_pages_and_goes_back(page):
    page.open("/")
    check_same(page.text("h1").split()[1:], ["articles"], "the start page counts")
    check_same(page.find("#q").get_dom_attribute("role"), "combobox", "the script runs")
    first = page.text(".hit h2")
    check_same(page.follow("a[rel=next]"), "/search?page=2", "the second page has an address")
    check(page.text(".hit h2") != first, "the second page has other hits")
    page.back("/")
    check_same(page.text(".hit h2"), first, "back leads to the hits from before")


def it_suggests_what_is_typed(page):
    page.open("/")
    page.run("document.activeElement.blur()")
    # The keyboard leads to the box, takes a suggestion, and sends it.
    page.press("/")
    check_same(page.driver.switch_to.active_element.get_dom_attribute("id"), "q", "/ leads to the box")
    page.press("perov")
    suggested = page.text("#suggestions li")
    check(suggested.startswith("perovskite"), f"perovskite is suggested: {suggested}")
    check_same(page.find("#q").get_property("value"), "perov", "the box holds what was typed")
    page.press(Keys.ARROW_DOWN)
    check_same(page.find("#q").get_property("value"), "perovskite", "the box holds what was chosen")
    page.press(Keys.ENTER)
    page.arrive("/search?q=perovskite")
    page.find(".hit mark")
    check_same(page.text("h1"), "3 articles", "three articles are found")


def it_narrows_to_a_security(page):
    page.open("/search?q=perovskite")
    all_of_them = page.text("h1")
    address = page.follow(".side a[href*='symbol=600586.SH']")
    check_same(address, "/search?q=perovskite&symbol=600586.SH", "the address has the filter")
    narrowed = page.text("h1")
    check(int(narrowed.split()[0]) < int(all_of_them.split()[0]), f"fewer are found: {narrowed} of {all_of_them}")
    check_same(page.follow(".chosen a"), "/search?q=perovskite", "the filter is taken away")
    check_same(page.text("h1"), all_of_them, "all are found again")


def a_bar_selects_its_month(page):
    page.open("/search?q=perovskite")
    bar = page.find(".bars a").get_dom_attribute("aria-label")
    month, count = re.fullmatch(r"(20\d\d-\d\d): (\d+)", bar).groups()
    check_same(page.follow(".bars a"), f"/search?q=perovskite&date={month}", "the address has the month")
    check_same(page.text("h1").split()[0], count, "as many are found as the bar says")
    dates = [moment.get_dom_attribute("datetime") for moment in page.driver.find_elements(By.CSS_SELECTOR, ".hit time")]
    check(dates and all(date.startswith(month) for date in dates), f"all are of {month}: {dates}")
    page.back("/search?q=perovskite")
    check_same(page.text("h1"), "3 articles", "back leads to all months")


def the_keyboard_opens_a_hit(page):
    page.open("/search?q=perovskite")
    links = page.driver.find_elements(By.CSS_SELECTOR, ".hit h2 a")
    # j goes to the first hit and on, k back, Enter opens.
    for key, at in (("j", 0), ("j", 1), ("k", 0)):
        page.press(key)
        check_same(page.driver.switch_to.active_element, links[at], f"{key} leads to hit {at + 1}")
    address = links[0].get_dom_attribute("href")
    check(address.startswith("/article/"), f"a hit leads to its article: {address}")
    page.press(Keys.ENTER)
    page.arrive(address)
    check_same(page.text("article.whole .body mark").lower(), "perovskite", "what was looked for is marked")
    page.back("/search?q=perovskite")
    page.find(".hit")


def a_title_that_is_an_attack_is_a_title(page):
    page.open("/search?q=tungsten")
    check(page.text(".hit h2").startswith("<script>"), "a hit shows the title as it is")
    harmless(page)
    page.follow(".hit h2 a")
    check("onerror" in page.text("h1"), "the article shows the title as it is")
    harmless(page)
    check_same(page.complaints(), [], "nothing was tried")
    # Were it markup, then the policy of the page would forbid what it wants.
    page.run("""const script = document.createElement("script");
        script.textContent = "window.bad = 1";
        document.body.append(script);
        const markup = "<p style='color: red' onclick='window.bad = 1'><img src='http://127.0.0.2/'></p>";
        document.body.insertAdjacentHTML("beforeend", markup);""")
    heard = []

    def is_forbidden():
        heard.extend(page.complaints())
        said = "\n".join(heard)
        return all(part in said for part in ("script-src", "style-src", "img-src", "http://127.0.0.2/ is asked for"))

    page.until(is_forbidden, "scripts, styles and images from elsewhere are forbidden")
    check(page.run("return window.bad === undefined"), "the script does not run")


def harmless(page):
    """What an article says is no part of the page."""
    check(page.run("return window.bad === undefined"), "no script of an article runs")
    check_same(page.count("a[href^='javascript:']"), 0, "links that are scripts")
    check_same(page.count("img"), 0, "images")
    check_same(page.count("script"), 1, "scripts")


def prefer(page, scheme):
    page.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])


def brightness(colour):
    """How bright a colour is, from 0 to 1, nearly as eyes see it."""
    red, green, blue = (int(part) for part in re.findall(r"\d+", colour)[:3])
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255


def it_is_dark_where_that_is_wanted(page):
    contrasts = {}
    for scheme in ("light", "dark"):
        prefer(page, scheme)
        page.open("/search?q=perovskite")
        html = page.find("html")
        ground, ink = (html.value_of_css_property(name) for name in ("background-color", "color"))
        contrasts[scheme] = brightness(ground) - brightness(ink)
    check(contrasts["light"] > 0.6, f"dark on light: {contrasts}")
    check(contrasts["dark"] < -0.6, f"light on dark: {contrasts}")


def it_fits_a_small_screen(page):
    measure = """const side = document.querySelector(".side");
        const rest = side.parentElement.firstElementChild;
        return [innerWidth, document.documentElement.scrollWidth, side.getBoundingClientRect().left,
            side.getBoundingClientRect().top - rest.getBoundingClientRect().bottom];"""
    addresses = ("/", "/search?q=perovskite", "/search?q=tungsten", "/article/230905679/en?q=perovskite")
    for scheme in ("light", "dark"):
        prefer(page, scheme)
        for width in (1200, 500, 360):
            screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
            page.devtools("Emulation.setDeviceMetricsOverride", **screen)
            for address in addresses:
                page.open(address)
                inner, scrolled, left, below = measured = page.run(measure)
                where = f"{address}, {scheme}, {width} pixels: {measured}"
                check_same(inner, width, where)
                check(scrolled <= inner, f"nothing sticks out: {where}")
                # What stands at the side of a wide window stands below then.
                is_below = left < 50 and below >= 0
                check(is_below == (width < 600), f"the side is where it belongs: {where}")


def it_is_whole_without_scripts(page):
    page.devtools("Emulation.setScriptExecutionDisabled", value=True)
    page.open("/")
    check_same(page.find("#q").get_dom_attribute("role"), None, "the script does not run")
    page.follow("a[rel=next]")
    page.follow("a[rel=prev]")
    page.find("#q").send_keys("perovskite", Keys.ENTER)
    page.arrive("/search?q=perovskite")
    page.find(".hit mark")
    check_same(page.text("h1"), "3 articles", "three articles are found")
    check_same(page.follow(".side a[href*='market=CN']"), "/search?q=perovskite&market=CN", "a filter is a link")
    check_same(page.follow(".chosen a"), "/search?q=perovskite", "so is the way back")
    page.follow(".bars a")
    page.follow(".hit h2 a")
    check(page.text("article.whole .body"), "the article is shown")
    page.find("article.whole .body mark")
    page.follow(".others a")
    check(page.text("article.whole .body"), "so is one that is like it")


TESTS = (
    it_pages_and_goes_back,
    it_suggests_what_is_typed,
    it_narrows_to_a_security,
    a_bar_selects_its_month,
    the_keyboard_opens_a_hit,
    a_title_that_is_an_attack_is_a_title,
    it_is_dark_where_that_is_wanted,
    it_fits_a_small_screen,
    it_is_whole_without_scripts,
)


def start(folder):
    """A browser that writes down what it asks for, with a folder for what it leaves behind. Both programs are named, so
    that Selenium looks for none."""
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ARGUMENTS.split():
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    # All that is spoken to is on this machine.
    os.environ["no_proxy"] = "localhost,127.0.0.1"
    service = Service(executable_path=CHROMEDRIVER, env=os.environ | {"TMPDIR": folder})
    return webdriver.Chrome(options=options, service=service)


def run(test, driver, url):
    """Whether a test passes, in a tab of its own: what one emulates is gone with its tab."""
    before = driver.current_window_handle
    driver.switch_to.new_window("tab")
    tab = driver.current_window_handle
    driver.switch_to.window(before)
    driver.close()
    driver.switch_to.window(tab)
    page = Page(driver, url)
    page.complaints()
    test(page)
    check_same(page.complaints(), [], "the browser complains about nothing")


def main():
    match sys.argv[1:]:
        case ["--prepare", folder]:
            Path(folder).mkdir(parents=True, exist_ok=True)
            (Path(folder) / "attack.md").write_text(ATTACK, encoding="utf-8")
            return
        case [url] if url.startswith("http"):
            pass
        case _:
            sys.exit(__doc__)
    # Whoever ends this program ends the browser with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    failed = 0
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, start(folder) as driver:
        for test in TESTS:
            started = time.monotonic()
            try:
                run(test, driver, url)
                result = "ok    "
            except Exception:
                traceback.print_exc()
                failed += 1
                result = "FAILED"
            name = test.__name__.replace("_", " ")
            print(f"{result} {name} ({time.monotonic() - started:.1f} s)", flush=True)
    print(f"{len(TESTS) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
