{{ config(meta={'day_column': 'time'}) }}

{{ catalogue_rows('miner_exchange_flows') }}
