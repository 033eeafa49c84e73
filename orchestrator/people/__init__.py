"""Human tasks: who may answer, mails with links, the page behind them."""
