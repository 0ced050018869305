-- title: Everyone on the list
-- reason: For news that concerns everybody. Who may not be written to is left out when a campaign
--   is planned, with the reason, so nobody has to be taken out here.

SELECT supporter_id
  FROM supporters;
