# The MCP server on stdin and stdout:
#   docker build -t admonster-fb . && docker run -i --rm -v admonster-fb:/state \
#     -e FACEBOOK_ACCESS_TOKEN -e FACEBOOK_AD_ACCOUNT_ID admonster-fb
# The volume keeps plans, the audit log and what rose within a day: without it each start forgets them.
# A person applies a plan: docker run -it --rm (the same options) --entrypoint admonster-fb admonster-fb apply PLAN_ID
# Without a token: docker run -i --rm admonster-fb --sandbox
FROM python:3.13-slim
WORKDIR /src
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN pip install --no-cache-dir '.[mcp]' && useradd --create-home bot && install -d -o bot /state
USER bot
ENV XDG_STATE_HOME=/state
WORKDIR /bot
ENTRYPOINT ["admonster-fb", "mcp"]
