"""The door at /v1/: deployed workflows with a chat as models, in the words of OpenAI's API."""
