"""The gateway to an OpenAI-compatible endpoint: validated answers, or an error that says what happened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

import structlog
from pydantic import BaseModel

from polycast.contracts import Provenance
from polycast.llm.dialect import Dialect
from polycast.llm.errors import ContentFiltered, LLMError, OffSchema, Refused, RequestRejected, Truncated
from polycast.llm.limits import TokenBucket
from polycast.llm.prompts import Prompt, Turn
from polycast.llm.schema import parse, strict_schema
from polycast.llm.settings import LLMSettings
from polycast.llm.transport import Call, Transport
from polycast.llm.usage import Usage

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletion

T = TypeVar("T", bound=BaseModel)
R = TypeVar("R")

log = structlog.get_logger()

#: Doublings of the token limit for an answer that was cut.
MAX_DOUBLINGS = 2
#: Texts a request: OpenAI takes 2048 and 300,000 tokens, and a request too large is refused like a model
#: that has no embeddings.
EMBEDDED_AT_ONCE = 100
#: A rule of thumb for English; only the token bucket's estimate hangs on it.
CHARACTERS_A_TOKEN = 4


@dataclass(frozen=True)
class Completion(Generic[T]):
    """An answer that fits its model. `text` is the answer as it came."""

    output: T
    text: str
    model: str
    temperature: float | None
    """As sent: None if the prompt has none or the model takes none."""
    usage: Usage

    def provenance(self, prompt: Prompt, notes: Sequence[str] = ()) -> Provenance:
        return Provenance(
            model=self.model,
            prompt_id=prompt.id,
            prompt_version=prompt.version,
            temperature=self.temperature,
            tokens_in=self.usage.tokens_in,
            tokens_out=self.usage.tokens_out,
            latency_ms=self.usage.latency_ms,
            cost_usd=self.usage.cost_usd,
            notes=tuple(notes),
        )


@dataclass(frozen=True)
class Moderation:
    model: str
    flagged: bool
    categories: tuple[str, ...]
    """Those that are flagged, in the provider's words (`harassment/threatening`)."""
    scores: dict[str, float]
    """Category → 0 to 1."""


class LLM:
    """`async with LLM(settings) as llm`: one for a process.

    What the endpoint doesn't have or take (JSON schemas, parameters, embeddings, moderation) is learnt from
    its refusals and remembered until the process ends.
    """

    def __init__(self, settings: LLMSettings, bucket: TokenBucket | None = None) -> None:
        """`bucket` keeps within the provider's limits, for all replicas together; None: no limit of ours."""
        self._settings = settings
        self._transport = Transport(settings, bucket)
        self._dialect = Dialect()
        self._thinking_tokens = 0
        self._absent: set[str] = set()

    async def __aenter__(self) -> Self:
        await self._transport.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.close()

    async def complete(self, prompt: Prompt, output: type[T], history: Sequence[Turn] = ()) -> Completion[T]:
        """Ask for an answer that fits `output`. `history` are the turns after the prompt.

        Network failures, time-outs and 5xx are tried again, rate limits waited for, an answer cut at the
        token limit asked for again with a higher one. An answer off the schema is the caller's to feed back.

        Raises LLMError: a subclass for each thing that can go wrong, with the usage all the same.
        """
        settings = self._settings
        call = Call(prompt.id, "chat", settings.openai_model, 0, settings.llm_timeout_seconds)
        try:
            completion, temperature = await self._uncut(call, prompt, strict_schema(output), history)
            return Completion(
                self._read(completion, output),
                completion.choices[0].message.content or "",
                completion.model or call.model,
                temperature,
                call.usage,
            )
        except LLMError as error:
            error.usage = call.usage
            raise

    async def _uncut(
        self, call: Call, prompt: Prompt, schema: dict[str, Any], history: Sequence[Turn]
    ) -> tuple[ChatCompletion, float | None]:
        """A completion that ended by itself. Raises Truncated when the highest limit is too low as well."""
        limit = self._settings.llm_max_tokens.get(prompt.id, prompt.max_tokens)
        ceiling = self._settings.llm_max_tokens_ceiling
        for doubling in range(MAX_DOUBLINGS + 1):
            # A model's hidden thinking counts against its limit.
            allowed = min(limit * 2**doubling + self._thinking_tokens, ceiling)
            completion, temperature = await self._ask(call, prompt, schema, history, allowed)
            self._account(call, completion)
            if completion.choices[0].finish_reason != "length":
                return completion, temperature
            if allowed == ceiling:
                break
        raise Truncated(completion.choices[0].message.content or "", allowed)

    async def _ask(
        self, call: Call, prompt: Prompt, schema: dict[str, Any], history: Sequence[Turn], limit: int
    ) -> tuple[ChatCompletion, float | None]:
        """One completion and the temperature it was asked with, in whatever way the endpoint takes."""
        from polycast.llm import client

        known = dialect = self._dialect
        while True:
            request = dialect.request(
                prompt, schema, history, limit=limit, effort=self._settings.llm_reasoning_effort
            )
            characters = sum(len(message["content"]) for message in request["messages"])
            call.tokens = characters // CHARACTERS_A_TOKEN + limit
            call.parameters = {"gen_ai.request.max_tokens": limit}
            if "temperature" in request:
                call.parameters["gen_ai.request.temperature"] = request["temperature"]
            try:
                completion = await self._transport.send(call, partial(client.chat, call.model, request))
            except RequestRejected as refusal:
                another = dialect.after(refusal, request)
                if another is None:
                    raise
                dialect = another
            else:
                if dialect is not known:
                    self._dialect = dialect
                    log.info("llm.dialect_learnt", model=call.model, dialect=dialect)
                return completion, request.get("temperature")

    def _account(self, call: Call, completion: ChatCompletion) -> None:
        from polycast.llm import client

        counted = client.tokens(completion)
        if counted is None:
            call.spend(0, 0, None)
            return
        tokens_in, tokens_out, thinking = counted
        price = self._settings.price(completion.model or call.model)
        call.spend(tokens_in, tokens_out, price and price.of(tokens_in, tokens_out))
        self._thinking_tokens = max(self._thinking_tokens, thinking)

    def _read(self, completion: ChatCompletion, output: type[T]) -> T:
        choice = completion.choices[0]
        if choice.finish_reason == "content_filter":
            raise ContentFiltered
        if choice.message.refusal:
            raise Refused(choice.message.refusal)
        try:
            return parse(choice.message.content or "", output)
        except OffSchema:
            # An endpoint that kept to the schema couldn't have answered so: it needs to be told in words.
            self._dialect = replace(self._dialect, spells_schema=True)
            raise

    async def embed(self, texts: Sequence[str]) -> list[list[float]] | None:
        """A vector for each text; None where there are no embeddings.

        Raises LLMError.
        """
        from polycast.llm import client

        vectors = list[list[float]]()
        for start in range(0, len(texts), EMBEDDED_AT_ONCE):
            batch = texts[start : start + EMBEDDED_AT_ONCE]
            call = self._call("embeddings", self._settings.openai_embedding_model, *batch)
            found = await self._if_offered(call, partial(client.embeddings, call.model, batch))
            if found is None:
                return None
            vectors += found
        return vectors

    async def moderate(self, text: str) -> Moderation | None:
        """The provider's opinion of a text; None where it gives none.

        Raises LLMError.
        """
        from polycast.llm import client

        call = self._call("moderation", self._settings.openai_moderation_model, text)
        result = await self._if_offered(call, partial(client.moderation, call.model, text))
        if result is None:
            return None
        flags, scores = (
            part.model_dump(by_alias=True, exclude_none=True)
            for part in (result.categories, result.category_scores)
        )
        return Moderation(
            call.model, result.flagged, tuple(name for name, flag in flags.items() if flag), scores
        )

    def _call(self, operation: str, model: str, *texts: str) -> Call:
        tokens = sum(map(len, texts)) // CHARACTERS_A_TOKEN
        return Call(operation, operation, model, tokens, self._settings.llm_side_timeout_seconds)

    async def _if_offered(self, call: Call, request: Callable[[AsyncOpenAI], Awaitable[R]]) -> R | None:
        if call.operation in self._absent:
            return None
        try:
            return await self._transport.send(call, request)
        except RequestRejected as refusal:
            self._absent.add(call.operation)
            log.info("llm.not_offered", operation=call.operation, model=call.model, reason=refusal.message)
            return None
        except LLMError as error:
            error.usage = call.usage
            raise
