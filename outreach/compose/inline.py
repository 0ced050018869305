"""Styles into the elements they apply to, as mail programs want it. All that knows premailer."""

from __future__ import annotations

import logging

from premailer import Premailer

from outreach.errors import TemplateError


def inline(html: str) -> str:
    """Write a page's rules into its style attributes; what can't be inlined stays in <style>.

    Media queries stay, with their `!important`: without it they lose against the inlined rules.
    Nothing is fetched: no network, no files.

    Raises:
        TemplateError: the page or its styles can't be parsed.
    """
    try:
        return str(
            Premailer(
                html,
                strip_important=False,
                disable_validation=True,
                align_floating_images=False,
                # a layout gives Outlook the widths in pixels that it wants as attributes
                disable_basic_attributes=["width", "height"],
                allow_network=False,
                allow_loading_external_files=False,
                cssutils_logging_level=logging.CRITICAL,
            ).transform(pretty_print=False)
        )
    except Exception as error:
        # premailer passes on whatever lxml, cssutils and cssselect raise
        raise TemplateError(
            f"the styles can't be inlined: {error}",
            file="templates/styles",
            next_step="mend the layout or its styles",
        ) from error
