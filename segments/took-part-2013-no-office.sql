-- title: Took part in Write for Rights 2013 where there is no national office
-- reason: No office near them asks for their help, so we do: they are the people who could put on
--   an event where nobody does yet. Who gave no country is not asked, for they may have an office.

SELECT supporter_id
  FROM segment_took_part_2013
EXCEPT
SELECT supporter_id
  FROM segment_has_national_office
EXCEPT
SELECT supporter_id
  FROM supporters
 WHERE country = '';
