"""The pages of the app, made of Gradio."""

from apps.chat.ui.blocks import HEAD, build, theme

__all__ = ["HEAD", "build", "theme"]
