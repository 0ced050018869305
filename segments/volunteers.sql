-- title: Offered to put on an event, or did
-- reason: They have said yes once already, so write to them first when the next campaign begins.

SELECT supporter_id
  FROM replies
 WHERE kind = 'volunteer'
UNION
SELECT supporter_id
  FROM gatherings;
