export type { Plan, PlannedRoute, RouteSubject } from './plan.ts';
export type { ResourcePlan } from './resource-plan.ts';
export type { Rights, Shape, ShapeRequest } from './shape.ts';
