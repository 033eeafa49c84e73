FROM python:3.12-slim
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .
RUN useradd --system heddle && chown -R heddle /app
USER heddle
EXPOSE 8000
CMD ["python", "-m", "workflow_backend.server", "--host", "0.0.0.0", "--port", "8000"]
