"""The app: people upload private documents and chat with them."""
