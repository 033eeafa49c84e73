"""The node types we ship."""

from typing import Any

from nodes.base import NodeType
from nodes.handlers.ai.agent import Agent
from nodes.handlers.ai.helpers.calculator_tool import CalculatorTool
from nodes.handlers.ai.helpers.code_tool import CodeTool
from nodes.handlers.ai.helpers.date_time_tool import DateTimeTool
from nodes.handlers.ai.helpers.http_tool import HttpTool
from nodes.handlers.ai.helpers.knowledge_tool import KnowledgeTool
from nodes.handlers.ai.helpers.mcp_tools import McpTools
from nodes.handlers.ai.helpers.memory import ConversationMemory
from nodes.handlers.ai.helpers.output_schema import OutputSchema
from nodes.handlers.ai.helpers.wikipedia_tool import WikipediaTool
from nodes.handlers.ai.helpers.workflow_tool import WorkflowTool
from nodes.handlers.ai.knowledge.document_add import DocumentAdd
from nodes.handlers.ai.knowledge.knowledge_answer import KnowledgeAnswer
from nodes.handlers.ai.knowledge.knowledge_search import KnowledgeSearch
from nodes.handlers.ai.llm import Llm
from nodes.handlers.ai.mcp_tool import McpToolNode
from nodes.handlers.ai.model_helpers import (
    AnthropicModel,
    GeminiModel,
    OllamaModel,
    OpenAiCompatibleModel,
    OpenAiModel,
    OpenRouterModel,
    PerplexityModel,
)
from nodes.handlers.ai.plan_and_execute import PlanAndExecute
from nodes.handlers.ai.providers import Anthropic, Gemini, Ollama, OpenAi, OpenRouter, Perplexity
from nodes.handlers.ai.texts.guardrail import Guardrail
from nodes.handlers.ai.texts.information_extractor import InformationExtractor
from nodes.handlers.ai.texts.sentiment import Sentiment
from nodes.handlers.ai.texts.summarizer import Summarizer
from nodes.handlers.ai.texts.text_classifier import TextClassifier
from nodes.handlers.ai.tool_call import ToolCall
from nodes.handlers.code.code import Code
from nodes.handlers.data.crypto import Crypto
from nodes.handlers.data.csv_data import CsvData
from nodes.handlers.data.data_table import DataTable
from nodes.handlers.data.html_extract import HtmlExtract
from nodes.handlers.data.json_data import JsonData
from nodes.handlers.data.xml_data import XmlData
from nodes.handlers.flow.filter import Filter
from nodes.handlers.flow.if_ import If
from nodes.handlers.flow.merge import Merge
from nodes.handlers.flow.no_op import NoOp
from nodes.handlers.flow.stop_and_error import StopAndError
from nodes.handlers.flow.sub_workflow import SubWorkflow
from nodes.handlers.flow.switch import Switch
from nodes.handlers.flow.wait import Wait
from nodes.handlers.loop.loop import Loop
from nodes.handlers.loop.map import Map
from nodes.handlers.loop.split_in_batches import SplitInBatches
from nodes.handlers.network.http_request import HttpRequest
from nodes.handlers.network.respond_webhook import RespondWebhook
from nodes.handlers.network.send_email import SendEmail
from nodes.handlers.people.human_task import HumanTask
from nodes.handlers.transform.aggregate import Aggregate
from nodes.handlers.transform.date_time import DateAndTime
from nodes.handlers.transform.limit import Limit
from nodes.handlers.transform.remove_duplicates import RemoveDuplicates
from nodes.handlers.transform.rename_keys import RenameKeys
from nodes.handlers.transform.set import SetFields
from nodes.handlers.transform.sort import Sort
from nodes.handlers.transform.split_out import SplitOut
from nodes.handlers.transform.summarize import Summarize
from nodes.handlers.trigger.chat_trigger import ChatTrigger
from nodes.handlers.trigger.email_trigger import EmailTrigger
from nodes.handlers.trigger.error_trigger import ErrorTrigger
from nodes.handlers.trigger.file_trigger import FileTrigger
from nodes.handlers.trigger.form_trigger import FormTrigger
from nodes.handlers.trigger.github_trigger import GithubTrigger
from nodes.handlers.trigger.manual_trigger import ManualTrigger
from nodes.handlers.trigger.rss_trigger import RssTrigger
from nodes.handlers.trigger.schedule_trigger import ScheduleTrigger
from nodes.handlers.trigger.webhook_trigger import WebhookTrigger

BUILTIN: tuple[type[NodeType[Any]], ...] = (
    Agent,
    Aggregate,
    Anthropic,
    AnthropicModel,
    CalculatorTool,
    ChatTrigger,
    Code,
    CodeTool,
    ConversationMemory,
    Crypto,
    CsvData,
    DataTable,
    DateAndTime,
    DateTimeTool,
    EmailTrigger,
    ErrorTrigger,
    FileTrigger,
    Filter,
    FormTrigger,
    Gemini,
    GeminiModel,
    GithubTrigger,
    Guardrail,
    HtmlExtract,
    HttpRequest,
    HttpTool,
    HumanTask,
    If,
    InformationExtractor,
    JsonData,
    Limit,
    Llm,
    Loop,
    ManualTrigger,
    Map,
    McpToolNode,
    DocumentAdd,
    KnowledgeSearch,
    KnowledgeAnswer,
    Merge,
    NoOp,
    Ollama,
    OllamaModel,
    OpenAi,
    OpenAiCompatibleModel,
    OpenAiModel,
    OpenRouter,
    OpenRouterModel,
    Perplexity,
    PerplexityModel,
    PlanAndExecute,
    OutputSchema,
    RemoveDuplicates,
    RenameKeys,
    RespondWebhook,
    RssTrigger,
    ScheduleTrigger,
    SendEmail,
    Sentiment,
    SetFields,
    Sort,
    SplitInBatches,
    SplitOut,
    StopAndError,
    SubWorkflow,
    Summarize,
    Summarizer,
    Switch,
    TextClassifier,
    ToolCall,
    Wait,
    WebhookTrigger,
    WikipediaTool,
    KnowledgeTool,
    WorkflowTool,
    McpTools,
    XmlData,
)
