-- Invitations are listed by the address that they were sent to, whatever the organization.

CREATE INDEX invitations_email_idx ON invitations (email);
