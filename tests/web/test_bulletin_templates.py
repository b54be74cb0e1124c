"""The city's own template of the bulletin in a real browser: taken, refused with its tag, put in, given up again."""

from io import BytesIO

import docx
from playwright.async_api import FilePayload, expect

from exports.bulletin.docx_file import MEDIA_TYPE, ready_made
from storage.bulletin_templates import BulletinTemplates
from tests.api import district
from tests.api.serving import make_app, serve
from tests.web.conftest import WEB_DIR
from tests.web.test_accessible import AXE, violations
from tests.web.watching import watching


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": MEDIA_TYPE, "buffer": content}


def mistaken() -> bytes:
    document = docx.Document()
    document.add_paragraph("违规{{ violatons.n }}起")
    saved = BytesIO()
    document.save(saved)
    return saved.getvalue()


async def test_an_administrator_edits_the_template_of_the_bulletin(browser, store):
    await district.save_registry(store, 2)
    async with (
        serve(make_app(store, web_dir=WEB_DIR)) as url,
        watching(browser, f"{url}/?page=settings&part=bulletin_templates") as watched,
    ):
        page = watched.page
        chinese = page.locator("[data-template=zh]")
        await expect(chinese.locator("[data-state]")).to_have_text("使用随附模板")
        async with page.expect_download() as started:
            await chinese.locator("[data-download]").click()
        download = await started.value
        assert download.suggested_filename == "haulwatch-bulletin-template-zh.docx"

        chosen = chinese.locator("input[type=file]")
        await chosen.set_input_files(file("错.docx", mistaken()))
        await expect(chinese.locator("[data-problem]")).to_contain_text("没有名为“violatons”的标签")
        await expect(chinese.locator("[data-problem]")).to_contain_text("违规{{ violatons.n }}起")
        assert await BulletinTemplates(store).content("zh") is None

        await chosen.set_input_files(file("本市.docx", ready_made("zh")))
        await expect(chinese.locator("[data-taken]")).to_be_visible()
        await expect(chinese.locator("[data-state]")).to_contain_text("本市.docx")
        assert await BulletinTemplates(store).content("zh") == ready_made("zh")
        assert not AXE.exists() or await violations(watched) == []

        await chinese.locator("[data-drop]").click()
        await expect(chinese.locator("[data-state]")).to_have_text("使用随附模板")
        await page.locator("[data-part=audit]").click()
        await expect(page.locator("[data-audit-row=put_bulletin_template]")).to_contain_text("更换通报模板")
