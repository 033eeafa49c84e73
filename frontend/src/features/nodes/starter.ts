/** What a new custom node begins with. */
export const starter = `class WordCount(CustomNode):
    """Counts the words of a field in each item."""

    node_type = "word_count"
    name = "Word count"
    category = "transform"
    fields = [
        {"name": "field", "type": "string", "label": "Field with the text", "default": "text"},
    ]
    tests = [
        {
            "name": "two words",
            "items": [{"text": "hello world"}],
            "params": {"field": "text"},
            "expected": [{"text": "hello world", "words": 2}],
        },
    ]

    def run(self, item, params):
        text = str(item["json"].get(params["field"], ""))
        return {**item["json"], "words": len(text.split())}
`;
