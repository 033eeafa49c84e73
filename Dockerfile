FROM node:22-slim AS frontend
WORKDIR /heddle/frontend
COPY frontend/package.json frontend/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY examples ../examples
COPY frontend .
RUN npm run build

FROM python:3.12-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
COPY --from=frontend /heddle/frontend/dist frontend/dist
RUN useradd --system heddle && chown -R heddle /app
USER heddle
EXPOSE 8000
CMD ["python", "-m", "workflow_backend.server", "--host", "0.0.0.0", "--port", "8000"]
