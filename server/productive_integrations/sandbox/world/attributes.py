"""Names of what an integration's record carries, whatever its type."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MAPPINGS = _words(
    """
    account_code_mapping bamboo_custom_field_mapping bamboo_workplace_mapping economic_product_mapping
    exact_ledger_mapping expense_account_code_mapping fortnox_account_mapping fortnox_article_mapping
    hubspot_stages_mapping item_mapping netsuite_customer_field_mapping netsuite_customer_fixed_value_mapping
    netsuite_invoice_field_mapping netsuite_invoice_fixed_value_mapping netsuite_item_mapping
    netsuite_line_item_field_mapping netsuite_line_item_fixed_value_mapping netsuite_project_field_mapping
    netsuite_relationship_mapping netsuite_sales_order_field_mapping purchase_order_account_code_mapping
    sage_intacct_account_code_mapping sage_ledger_mapping salesforce_product_family_mapping
    salesforce_subsidiary_mapping tax_rate_mapping twinfield_cost_center_mapping twinfield_ledger_mapping
    twinfield_project_mapping
    """
)
DEFAULTS = _words(
    """
    account_code bamboo_default_subsidiary_id default_item default_product exact_default_ledger
    fortnox_default_account fortnox_default_article netsuite_default_item
    quickbooks_default_expense_account_code sage_default_ledger sage_intacct_account_code
    salesforce_default_service_type_id salesforce_default_subsidiary_id twinfield_default_cost_center
    twinfield_default_ledger twinfield_default_project xero_default_expense_account_code
    xero_default_purchase_order_account_code
    """
)
WRITABLE = frozenset(MAPPINGS + DEFAULTS)

CREDENTIALS = _words(
    """
    client_id options realm_id redirect_uri request_token request_uri slack_options sso_metadata
    sso_metadata_url sso_target_url sso_url
    """
)
_OTHERS = _words(
    """
    all_folders bamboo_enable_cost_rates bamboo_enable_time_offs bamboo_enable_user_provisioning
    bamboo_workplace_field calendars calendar_write_options calendar_write_status connected_at
    customer_memo_cf_id deactivated_at economic_export_subject exact_country exact_default_journal
    exact_division exact_division_id exact_divisions exact_ledger_manually export_attachment
    export_expense_attachment export_number export_purchase_order_number folders force_sso_login
    google_events_write_scope hubspot_default_company_id hubspot_default_deal_owner_id
    hubspot_default_subsidiary_id hubspot_default_template_id hubspot_pipelines hubspot_sync_deals
    import_attachment import_number integration_type_id jira_organization jira_project last_synced_at name
    netsuite_attach_timesheet netsuite_credit_note_form_id netsuite_customer_form_id
    netsuite_default_subsidiary_id netsuite_invoice_form_id netsuite_invoice_pdf_source
    netsuite_project_form_id netsuite_sales_order_form_id payments_import
    quickbooks_default_expense_bank_account_code quickbooks_default_expense_payment_type quickbooks_memo
    requested_at sage_business_name sage_country sage_intacct_entities sage_intacct_export_project
    sage_intacct_project_category salesforce_project_template_id salesforce_stage_id
    salesforce_subsidiary_field twinfield_invoice_destiny twinfield_offices update_invoice_sent_status
    use_companies_export use_expense_sync use_expenses_in_xero use_invoices_export
    use_purchase_orders_export xero_expense_status_id xero_internal_note_cf_id xero_invoice_status_id
    xero_organization_id xero_organizations xero_purchase_order_status_id xero_reference
    """
)
RESPONSE_ATTRIBUTES = tuple(sorted(MAPPINGS + DEFAULTS + CREDENTIALS + _OTHERS))
RELATIONSHIPS = ("creator", "deal", "organization", "project", "subsidiary")
