import { queryOptions } from '@tanstack/react-query'
import { planned } from '@/lib/api/planned'

export const auditQuery = queryOptions({ queryKey: ['audit'], queryFn: planned.audit, staleTime: 0 })
