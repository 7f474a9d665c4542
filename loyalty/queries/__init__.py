"""Questions about the programme, balances, tiers and the ledger."""
